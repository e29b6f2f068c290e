-- CreateTable
CREATE TABLE `User` (
    `id` INTEGER NOT NULL AUTO_INCREMENT,
    `level` ENUM('LOW', 'HIGH') NOT NULL DEFAULT 'LOW',
    `score` DECIMAL(8, 3) NOT NULL DEFAULT 0,
    `nick` VARCHAR(40) NOT NULL DEFAULT '',

    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- CreateTable
CREATE TABLE `Order` (
    `id` INTEGER NOT NULL AUTO_INCREMENT,
    `user` INTEGER NOT NULL,
    `placed` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    `token` CHAR(36) NOT NULL DEFAULT (uuid()),

    UNIQUE INDEX `Order_user_placed_key`(`user`, `placed`),
    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- AddForeignKey
ALTER TABLE `Order` ADD CONSTRAINT `Order_user_fkey` FOREIGN KEY (`user`) REFERENCES `User`(`id`) ON DELETE CASCADE ON UPDATE CASCADE;
